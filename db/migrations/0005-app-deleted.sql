-- Open connections to a deleted app are cut at once, on every node.
create function announce_app_deleted() returns trigger language plpgsql as $$
begin
  perform pg_notify('app_deleted', w.id::text) from workspaces w where w.app_id = new.id;
  return null;
end $$;
create trigger apps_announce_deleted after update of deleted_at on apps
  for each row when (old.deleted_at is null and new.deleted_at is not null)
  execute function announce_app_deleted();
