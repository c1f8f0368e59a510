-- The answers of one list: the columns of the wide view that are asked for, in the list's order.
SELECT ${columns}
FROM ${view} AS account
JOIN ${table} AS member ON member.${subject} = account.${subject} AND member."list" = ${list}
ORDER BY member.row_number
