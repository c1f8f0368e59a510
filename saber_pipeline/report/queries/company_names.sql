-- What each company of the lists is called, as Saber told it.
SELECT domain, "name" AS company_name FROM companies SEMI JOIN domains USING (domain) WHERE "name" <> '';
