-- The answers of one list: the columns of accounts that are asked for, in the list's order.
SELECT ${columns}
FROM accounts AS account
JOIN domains AS member ON member."domain" = account."domain" AND member."list" = ${list}
ORDER BY member.row_number
