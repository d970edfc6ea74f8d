-- The login of web server and worker, with the password in BANK_WEB_PASSWORD; safe to repeat.
SET client_min_messages = 'warning';
\getenv password BANK_WEB_PASSWORD
SELECT 'CREATE ROLE bank_web LOGIN'
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bank_web') \gexec
ALTER ROLE bank_web PASSWORD :'password' CONNECTION LIMIT 100;
GRANT bank_operator, bank_auditor TO bank_web;
-- What is refused stays out of the server's log, with accounts and amounts.
ALTER ROLE bank_web SET log_min_error_statement = 'panic';
ALTER ROLE bank_web SET log_error_verbosity = 'terse';
