-- Main's lines around a hunk as they were when it was written: where they are not so any more, the hunk is marked.
create table hunk_surroundings (
  doc text not null references branches,
  digest text not null,
  lines text not null,
  primary key (doc, digest)
);
