-- compatible: yes
-- Who is in the cluster: read and written by Hosting/Clustering only. The names of its columns follow Orleans' MembershipEntry.
-- A cluster has one version; every change of its members but a heartbeat raises it, and goes through only if it is still the one that was read.
CREATE TABLE {cluster}.clusters (
    cluster_id text PRIMARY KEY,
    version integer NOT NULL
);

CREATE TABLE {cluster}.members (
    cluster_id text NOT NULL,
    silo text NOT NULL,
    etag integer NOT NULL,
    status smallint NOT NULL,
    proxy_port integer NOT NULL,
    host_name text NOT NULL,
    silo_name text NOT NULL,
    role_name text NULL,
    update_zone integer NOT NULL,
    fault_zone integer NOT NULL,
    suspect_times text NOT NULL,
    suspected_at timestamptz NULL,
    start_time timestamptz NOT NULL,
    i_am_alive_time timestamptz NOT NULL,
    PRIMARY KEY (cluster_id, silo)
);

ALTER TABLE {cluster}.clusters ENABLE ROW LEVEL SECURITY;
ALTER TABLE {cluster}.members ENABLE ROW LEVEL SECURITY;
