#!/usr/bin/env bash
# Tests the chart (helm/psync-relay) and the plain manifests (deploy/kubernetes), without a cluster and without helm:
#
#   tests/chart/run.sh [--update] [--binary PATH] [--work DIRECTORY]
#
#   --update   write the golden files, the README's table and the chart's copies of rules and dashboards anew, and see what changed
#              with git diff
#   --binary   the relay that has to accept the configurations (default: build/release/psync-relay)
#   --work     where to build and render (default: build/chart)
#
#   render     every values/NAME.yaml renders to golden/NAME.yaml and golden/NAME.notes.txt, and fits the schema
#   refuse     every bad/NAME.yaml ends with what its first line expects
#   types      no manifest has a field that Kubernetes' API does not know, or one of a wrong type (strict.mjs)
#   pods       references, the restricted pod security standard, probes (pods.mjs)
#   rules      promtool takes every PrometheusRule
#   papers     README, schema, restart keys and copies are what they are made from (documentation.mjs)
#   relay      the real relay takes each configuration in the environment of its pod, starts, and serves a real replica from a real
#              master (run_pod.sh)
#
# Needs the packages of deploy/install-packages.sh --chart, which it installs, and four packages of npm (package-lock.json).
# PSYNC_RELAY_SKIP_CHART=1 skips all of it, loudly.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
chart=$root/helm/psync-relay
manifests=$root/deploy/kubernetes
binary=$root/build/release/psync-relay
work=$root/build/chart
update=false

while (($# > 0)); do
  case $1 in
    --update)
      update=true
      shift
      ;;
    --binary | --work)
      (($# > 1)) || { echo "chart: $1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" '%s' "$(realpath -m "$2")"
      shift 2
      ;;
    -h | --help)
      sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) echo "chart: unknown argument: $1 (see --help)" >&2; exit 2 ;;
  esac
done

if [[ ${PSYNC_RELAY_SKIP_CHART:-} == 1 ]]; then
  echo "chart: SKIPPED, NOTHING OF THE CHART IS TESTED: PSYNC_RELAY_SKIP_CHART is 1" >&2
  exit 77
fi
[[ -x $binary ]] || { echo "chart: there is no relay at $binary; build it, or say --binary" >&2; exit 2; }
"$root/deploy/install-packages.sh" --chart

failed=()
bad() {
  printf 'chart: FAILED: %s\n' "$*" >&2
  failed+=("$1")
}

rm -rf "$work/sets" "$work/pods"
mkdir -p "$work/sets" "$work/pods"

# The scripts run where their packages are; what is there already is taken as it is.
cp "$here"/*.mjs "$here"/package*.json "$work/"
cd "$work"
if ! cmp -s package-lock.json installed-lock.json; then
  npm ci --no-audit --no-fund --loglevel=error >npm.log 2>&1 || { cat npm.log >&2; echo "chart: npm could not install" >&2; exit 1; }
  cp package-lock.json installed-lock.json
fi
if [[ ! -x render || $here/render.go -nt render ]]; then
  CGO_ENABLED=0 GO111MODULE=off GOPATH=/usr/share/gocode go build -o render "$here/render.go"
fi

# What the Secrets of TLS hold: a CA, and one certificate for all sides.
certificates() {
  local directory=$1
  mkdir -p "$directory"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=CA of the chart tests" \
    -keyout "$directory/ca.key" -out "$directory/ca.crt"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=relay" -keyout "$directory/tls.key" -out "$directory/tls.csr"
  openssl x509 -req -in "$directory/tls.csr" -CA "$directory/ca.crt" -CAkey "$directory/ca.key" -days 2 -out "$directory/tls.crt" \
    -extfile <(printf 'subjectAltName=DNS:redis.db.svc,IP:192.0.2.1,IP:192.0.2.2\n')
}
certificates certificates >openssl.log 2>&1 || { cat openssl.log >&2; echo "chart: openssl could not make certificates" >&2; exit 1; }

# A dashboard is a file of its own, which the golden file does not repeat.
without_dashboards() {
  awk '/^# Source: / { dashboard = /dashboards\.yaml$/; inside = 0 } dashboard && inside && /^    / { next } { print }
    dashboard && /^data:/ { inside = 1 }' "$1"
}

golden() {
  local wanted=$here/golden/$1
  if $update; then
    mkdir -p "$here/golden"
    cp "$2" "$wanted"
  elif ! diff -u --label "golden/$1" --label "rendered now" "$wanted" "$2"; then
    bad "render $1" "(tests/chart/run.sh --update, if that is right)"
  fi
}

if $update; then node documentation.mjs "$root" --update || bad papers; fi

echo "▸ render"
sets=()
for values in "$here"/values/*.yaml; do
  name=$(basename "$values" .yaml)
  version=$(sed -n 's/^# kube-version: //p' "$values")
  if ! ./render --kube-version "${version:-v1.33.0}" -f "$values" --notes "sets/$name.notes.txt" "$chart" >"sets/$name.yaml"; then
    bad "render $name"
    continue
  fi
  sets+=("$name")
  without_dashboards "sets/$name.yaml" >golden.yaml
  golden "$name.yaml" golden.yaml
  golden "$name.notes.txt" "sets/$name.notes.txt"
done
for stale in "$here"/golden/*; do
  name=$(basename "$stale")
  [[ -e $here/values/${name%%.*}.yaml ]] || bad "render" "golden/$name is of no values file"
done
((${#sets[@]} >= 8)) || bad "render" "there are only ${#sets[@]} sets of values"

echo "▸ refuse"
refused=0
for values in "$here"/bad/*.yaml; do
  expected=$(sed -n '1s/^# expects: //p' "$values")
  status=0
  said=$(./render -f "$values" "$chart" 2>&1 >/dev/null) || status=$?
  [[ $(basename "$values") == schema-* ]] && wanted=2 || wanted=1
  if ((status != wanted)) || [[ -z $expected || $said != *"$expected"* ]]; then
    bad "refuse $(basename "$values")" "status $status, expected $wanted and: $expected
got: $said"
  fi
  refused=$((refused + 1))
done
((refused >= 10)) || bad "refuse" "there are only $refused bad sets"

# The plain manifests; the values for another chart and for an operator count as the pods that come of them.
for directory in "$manifests"/*/; do
  name=$(basename "$directory")
  if [[ -e $directory/kustomization.yaml ]]; then
    node kustomize.mjs "$directory" >"sets/plain-$name.yaml" || { bad "kustomize $name"; continue; }
  elif [[ $name == bitnami-redis ]]; then
    ./render --name redis-relay -f "$directory/psync-relay-values.yaml" "$chart" >"sets/plain-$name.yaml" || { bad "render $name"; continue; }
    node embedded.mjs bitnami "$directory/redis-values.yaml" >>"sets/plain-$name.yaml"
  else
    node embedded.mjs operator "$directory/redis-replication.yaml" >"sets/plain-$name.yaml"
  fi
  sets+=("plain-$name")
done

echo "▸ pods"
for name in "${sets[@]}"; do
  notes=()
  [[ ! -e sets/$name.notes.txt ]] || notes=("sets/$name.notes.txt")
  node pods.mjs "$name" "sets/$name.yaml" pods "${notes[@]}" || bad "pods $name"
done

echo "▸ types"
node strict.mjs sets/*.yaml pods/*.notes.json || bad types

echo "▸ yamllint"
# toYaml folds nothing, and a dashboard is one long text: what is rendered may have long lines.
sed 's/line-length: .*/line-length: disable/' "$here/yamllint.yaml" >yamllint-rendered.yaml
yamllint --strict -c yamllint-rendered.yaml sets/*.yaml || bad yamllint
yamllint --strict -c "$here/yamllint.yaml" "$chart/values.yaml" "$chart/Chart.yaml" "$here/values" "$manifests" || bad yamllint

echo "▸ rules"
ruled=0
for name in "${sets[@]}"; do
  node rules.mjs "sets/$name.yaml" >rules.yaml || { bad "rules $name"; continue; }
  [[ -s rules.yaml ]] || continue
  promtool check rules rules.yaml >promtool.log 2>&1 || { cat promtool.log >&2; bad "rules $name"; }
  ruled=$((ruled + 1))
done
((ruled > 0)) || bad "rules" "no set has rules"

echo "▸ papers"
$update || node documentation.mjs "$root" || bad papers

echo "▸ relay"
pods=(pods/*/)
printf '%s\0' "${pods[@]}" | xargs -0 -P "$(nproc)" -I{} bash "$here/run_pod.sh" {} "$binary" || bad relay

if ((${#failed[@]} > 0)); then
  printf 'chart: failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "chart: ${#sets[@]} sets, $refused refused, ${#pods[@]} pods run, all well"
