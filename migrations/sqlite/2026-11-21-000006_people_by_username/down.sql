DROP INDEX people_by_username;
