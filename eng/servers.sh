# Sourced: makes sure that the servers the tests start for themselves can be called, or says exactly how to get them.

# The server's programs are seldom on the path: packages keep one folder for a version.
servers_missing() {
  local bins=(/usr/lib/postgresql/*/bin /usr/libexec/postgresql /opt/homebrew/opt/postgresql*/bin /usr/sbin /usr/local/sbin)
  local path program
  path="$PATH:$(IFS=:; echo "${bins[*]}")"
  for program in initdb postgres pg_dump pgbouncer; do
    PATH="$path" command -v "$program" > /dev/null || echo "$program"
  done
  # As root they run as the user that PostgreSQL's package makes.
  if [[ "$(id -u)" == 0 ]]; then
    command -v setpriv > /dev/null || echo setpriv
    id postgres > /dev/null 2>&1 || echo "the user postgres"
  fi
}

# $1: yes = may install
need_servers() {
  local missing
  missing="$(servers_missing | paste -sd ' ')"
  if [[ -z "$missing" ]]; then
    return
  fi

  if [[ "$1" == yes && "$(id -u)" == 0 ]]; then
    echo "== missing: $missing; installing PostgreSQL and PgBouncer with the system's package manager"
    install_servers || true
    missing="$(servers_missing | paste -sd ' ')"
    if [[ -z "$missing" ]]; then
      return
    fi
  fi

  cat >&2 << MESSAGE
The tests start PostgreSQL (15 or newer) and PgBouncer for themselves, on ports of their own. Missing: $missing. Get them in one of these ways, then run this again:
  Debian, Ubuntu   apt-get update && apt-get install -y postgresql pgbouncer
  Fedora, RHEL     dnf install -y postgresql-server pgbouncer
  Alpine           apk add postgresql pgbouncer setpriv
  macOS            brew install postgresql pgbouncer
The system services that such packages bring are not used and need not run.
MESSAGE
  return 69
}

install_servers() {
  if command -v apt-get > /dev/null; then
    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y postgresql pgbouncer
  elif command -v dnf > /dev/null; then
    dnf install -y postgresql-server pgbouncer
  elif command -v apk > /dev/null; then
    apk add postgresql pgbouncer setpriv
  else
    echo "No package manager that is known here (apt-get, dnf, apk)." >&2
    return 1
  fi
}
