#!/usr/bin/env bash
# deploy/compose, as far as it can be looked at without a container engine: tests/compose/run.sh [RELAY]
#
# (1) Compose itself reads the file, and finds nothing that it does not know.
# (2) What is mounted is there; Prometheus accepts its configuration with the rules where they will be.
# (3) The relay accepts the configuration of its image under the environment that it is given.
# Not tested: that the images can be pulled, and that the containers run. tests/image runs the relay's.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
relay=${1:-build/release/psync-relay}
compose=deploy/compose/compose.yaml
fail() { printf 'compose: FAILED: %s\n' "$*" >&2; exit 1; }
explain() { cat "$scratch/said" >&2; fail "$*"; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

docker-compose -f "$compose" config >"$scratch/compose.yaml" 2>"$scratch/said" || explain "it is not right"
[[ ! -s $scratch/said ]] || explain "Compose warns"

python3 -B - "$scratch/compose.yaml" >"$scratch/facts" <<'PYTHON'
import sys
import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    services = yaml.safe_load(file)["services"]
for service in services.values():
    for volume in service.get("volumes", []):
        source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
        if source.startswith("/"):
            print("mounted", source)
    if "build" in service:
        print("built", service["build"]["context"] + "/" + service["build"]["dockerfile"])
for name, value in services["relay"]["environment"].items():
    print("environment", f"{name}={value}")
PYTHON
while read -r _ file; do [[ -s $file ]] || fail "$file is not there"; done < <(grep -E '^(mounted|built) ' "$scratch/facts")
mapfile -t environment < <(sed -n 's/^environment //p' "$scratch/facts")
((${#environment[@]} > 0)) || fail "the relay is not told its master"
configured=$(env "${environment[@]}" "$relay" --config deploy/image/psync-relay.yaml --print-config) ||
  fail "the relay refuses its configuration"
grep -q '^ *host: master' <<<"$configured" || fail "it has another master"

cp deploy/compose/prometheus.yaml deploy/prometheus/psync-relay.rules.yaml "$scratch/"
promtool check config "$scratch/prometheus.yaml" >"$scratch/said" 2>&1 || explain "Prometheus refuses its configuration"
grep -q 'rules found' "$scratch/said" || fail "Prometheus has no rules"
printf 'compose: %s services\n' "$(grep -c '^  [a-z0-9-]*:$' "$scratch/compose.yaml")"
