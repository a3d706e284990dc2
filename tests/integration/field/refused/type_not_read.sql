-- postgrespro/imgsmlr#2: a type whose values can be written, and not be read.
CREATE TABLE t (i int DEFAULT 5);
CREATE TABLE saved AS SELECT adbin FROM pg_attrdef;
