insert into account values ('ann', 10000), ('bob', 500), ('cleo', 0);
