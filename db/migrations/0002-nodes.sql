-- Several nodes: each one announces itself and says again and again that it lives; what it holds is its own while it does.

create table nodes (
  name text primary key,
  -- New at every start: a process whose name was taken over finds out.
  incarnation uuid not null,
  -- Where other nodes reach it: unix:/path/to/collab.sock or http://host:port.
  address text not null,
  expires_at timestamptz not null
);

-- One row a node is renewed, however many workspaces it is the home of.
alter table workspace_leases drop column expires_at;
create index workspace_leases_holder on workspace_leases (holder);
