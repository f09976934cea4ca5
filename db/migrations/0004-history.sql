-- A file's past: what a log row was for beside typing, who wrote what was brought back, and the archive of the log.

-- What a revert, an undo, an import or a new file's first text was for; null for everything else.
alter table update_log add column cause jsonb;

-- The patch that brought this client id's text back; the binding's author is whoever wrote it at first.
alter table client_bindings add column restored_in uuid references patches;
-- A person's client id types in many patches and in none: what waits is labelled range by range.
update client_bindings set patch_id = null
  where session_id is null and approver_id is null and patch_id is not null;

-- Log rows that a snapshot covers, and those of a branch's former generations, many in a row. Written once.
create table update_archive (
  doc text not null,
  from_seq bigint not null,
  to_seq bigint not null,
  generation int not null,
  workspace_id uuid not null references workspaces,
  -- The updates, and beside them what each one was: both compressed, and read apart.
  updates bytea not null,
  facts bytea not null,
  -- The document as it was before the first of them; null where an earlier segment's is near enough.
  base bytea,
  patch_ids uuid[] not null,
  at timestamptz not null default now(),
  primary key (doc, to_seq)
);
alter table update_archive alter column updates set storage external;
alter table update_archive alter column facts set storage external;
alter table update_archive alter column base set storage external;
create index update_archive_patches on update_archive using gin (patch_ids);
