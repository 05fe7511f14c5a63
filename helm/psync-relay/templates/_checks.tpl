{{/*
Contradictions: values that are right each by itself and cannot work together. Each ends the rendering and says which two they are.
Included by the ConfigMap's template, which is there in every mode.
*/}}

{{- define "psync-relay.checks" -}}
{{- include "psync-relay.checkMode" . -}}
{{- include "psync-relay.checkUpstream" . -}}
{{- include "psync-relay.checkSecrets" . -}}
{{- include "psync-relay.checkTls" . -}}
{{- include "psync-relay.checkTimes" . -}}
{{- include "psync-relay.checkSizes" . -}}
{{- include "psync-relay.checkNetwork" . -}}
{{- end -}}

{{- define "psync-relay.checkMode" -}}
{{- $values := .Values -}}
{{- if eq $values.mode "standalone" -}}
  {{- if not (or $values.upstream.host $values.upstream.sentinel.enabled $values.existingConfigMap) -}}
    {{- fail "upstream.host: which master? (a name or an IP address; or upstream.sentinel)" -}}
  {{- end -}}
  {{- if and $values.persistence.existingClaim (gt (int $values.replicaCount) 1) -}}
    {{- fail "persistence.existingClaim: one claim is for one relay, the others would end with 75 (in use); set replicaCount: 1" -}}
  {{- end -}}
{{- else -}}
  {{- if not $values.sidecar.podSelector -}}
    {{- fail "sidecar.podSelector: which pods is the relay in? (their labels)" -}}
  {{- end -}}
  {{- if or (eq (toString $values.readinessProbe.enabled) "true") $values.customReadinessProbe -}}
    {{- fail "readinessProbe: as a sidecar it would take the master out of its own Service whenever the relay is not ready; leave it out" -}}
  {{- end -}}
  {{- if $values.networkPolicy.enabled -}}
    {{- fail "networkPolicy.enabled: as a sidecar it would close the master's own ports; open the relay's in the policy of that pod" -}}
  {{- end -}}
  {{- if eq $values.upstream.announceIP "hostname" -}}
    {{- fail "upstream.announceIP: hostname is for mode standalone; as a sidecar use podIP or a literal" -}}
  {{- end -}}
  {{- $local := has ($values.upstream.host | default "127.0.0.1") (list "127.0.0.1" "::1" "localhost") -}}
  {{- if and $local (eq (int $values.listen.port) (int $values.upstream.port)) -}}
    {{- fail (printf "listen.port: %d is the master's port in that pod; 6479 is free" (int $values.listen.port)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.checkSecrets" -}}
{{- $values := .Values -}}
{{- if and $values.listen.auth.enabled (not (include "psync-relay.listenSecret" .)) -}}
  {{- fail "listen.auth.enabled: with which password? Set listen.auth.existingSecret or upstream.auth.existingSecret, or listen.auth.enabled: false to let everyone in" -}}
{{- end -}}
{{- $places := dict "upstream.password" "upstream.auth.existingSecret" "listen.password" "listen.auth.existingSecret"
  "upstream.sentinel-password" "upstream.sentinel.existingSecret" "admin.token" "http.admin.existingSecret" -}}
{{- range $key, $place := $places -}}
  {{- $at := splitList "." $key -}}
  {{- if hasKey (index $values.config (first $at) | default dict) (last $at) -}}
    {{- fail (printf "config.%s: everyone who can read ConfigMaps could read it; use %s" $key $place) -}}
  {{- end -}}
{{- end -}}
{{- if and $values.http.adminPort (not $values.http.admin.existingSecret) -}}
  {{- fail "http.adminPort: with which token? Set http.admin.existingSecret" -}}
{{- end -}}
{{- /* Redis' names for the same, which the relay takes at the top level and in their groups. */ -}}
{{- range $name := list "masterauth" "primaryauth" "requirepass" -}}
  {{- range $group := list "" "upstream" "listen" -}}
    {{- $at := $values.config -}}
    {{- if $group }}{{ $at = index $values.config $group | default dict }}{{ end -}}
    {{- if hasKey $at $name -}}
      {{- fail (printf "config.%s: everyone who can read ConfigMaps could read it; use upstream.auth or listen.auth" (list $group $name | join "." | trimPrefix ".")) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.checkUpstream" -}}
{{- $values := .Values -}}
{{- if $values.upstream.sentinel.enabled -}}
  {{- if $values.upstream.host -}}
    {{- fail "upstream.host: with upstream.sentinel.enabled it is Sentinel that says who the master is; leave one of them out" -}}
  {{- end -}}
  {{- if not $values.upstream.sentinel.nodes -}}
    {{- fail "upstream.sentinel.nodes: which Sentinels? (HOST:PORT each)" -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.checkTls" -}}
{{- $values := .Values -}}
{{- if and $values.listen.tls.enabled (not (include "psync-relay.listenTls" .)) -}}
  {{- fail "listen.tls.enabled: with which certificate? Set listen.tls.existingSecret, or certManager.enabled" -}}
{{- end -}}
{{- if and $values.certManager.enabled (not (or $values.listen.tls.enabled $values.upstream.tls.enabled)) -}}
  {{- fail "certManager.enabled: nothing would use the certificate; set listen.tls.enabled or upstream.tls.enabled" -}}
{{- end -}}
{{- if and $values.certManager.enabled (not $values.certManager.issuerRef.name) -}}
  {{- fail "certManager.issuerRef.name: which issuer?" -}}
{{- end -}}
{{- if and $values.upstream.tls.enabled $values.upstream.tls.cert (not $values.upstream.tls.key) -}}
  {{- fail "upstream.tls.key: the certificate (upstream.tls.cert) needs its private key" -}}
{{- end -}}
{{- if and $values.upstream.tls.enabled $values.upstream.tls.existingSecret (not (or $values.upstream.tls.ca $values.upstream.tls.cert)) -}}
  {{- fail "upstream.tls.existingSecret: neither upstream.tls.ca nor upstream.tls.cert says what to take out of it" -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.checkTimes" -}}
{{- $values := .Values -}}
{{- $drain := index $values.config "shutdown-timeout" | default $values.drainTimeout -}}
{{- $own := index $values.config "shutdown-delay" | default "0s" -}}
{{- $pause := include "psync-relay.seconds" $values.shutdownDelay | int64 -}}
{{- if $values.lifecycle -}}
{{- $pause = dig "preStop" "sleep" "seconds" 0 $values.lifecycle | int64 -}}
{{- end -}}
{{- $needed := add (include "psync-relay.seconds" $drain | int64) (include "psync-relay.seconds" $own | int64) $pause -}}
{{- if and (eq $values.mode "standalone") (ge $needed (int64 $values.terminationGracePeriodSeconds)) -}}
  {{- fail (printf "terminationGracePeriodSeconds: %d is not longer than shutdownDelay and drainTimeout together (%d s%s): the relay would be killed before it is done"
    (int64 $values.terminationGracePeriodSeconds) $needed (ternary "" ", config.shutdown-delay included" (eq (toString $own) "0s"))) -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.checkSizes" -}}
{{- $values := .Values -}}
{{- $log := fromYaml (include "psync-relay.config" .) | dig "log" "max-size" "" -}}
{{- if kindIs "float64" $log }}{{ $log = int64 $log }}{{ end -}}
{{- $volume := include "psync-relay.volumeSize" . -}}
{{- if and $log $volume (not $values.existingConfigMap) -}}
  {{- $logBytes := include "psync-relay.bytes" $log | int64 -}}
  {{- $volumeBytes := include "psync-relay.bytes" $volume | int64 -}}
  {{- if ge (mulf (float64 $logBytes) 1.25) (float64 $volumeBytes) -}}
    {{- fail (printf "config.log.max-size: %s of log do not fit on a volume of %s: while a fresh snapshot is on its way the log may take a quarter more, and two snapshots are on it as well" (toString $log) $volume) -}}
  {{- end -}}
  {{- if and (lt $logBytes 134217728) (not (dig "log" "segment-size" "" $values.config)) -}}
    {{- fail (printf "persistence: a volume of %s leaves %s for the log; 128Mi is the least without a smaller config.log.segment-size" $volume (toString $log)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.checkNetwork" -}}
{{- $values := .Values -}}
{{- range $group := list "listen" "http" -}}
  {{- $given := index $values.config $group | default dict -}}
  {{- range $key := list "port" "address" -}}
    {{- if hasKey $given $key -}}
      {{- fail (printf "config.%s.%s: Services and probes would not know of it; set %s.%s" $group $key $group $key) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range $key := list "host" "port" "sentinels" "tls" -}}
  {{- if hasKey (index $values.config "upstream" | default dict) $key -}}
    {{- fail (printf "config.upstream.%s: the NetworkPolicy and NOTES would not know of it; set %s" $key
      (index (dict "host" "upstream.host" "port" "upstream.port" "sentinels" "upstream.sentinel.nodes" "tls" "upstream.tls") $key)) -}}
  {{- end -}}
{{- end -}}
{{- if hasKey $values.config "data-dir" -}}
  {{- fail "config.data-dir: the volume is mounted at /var/lib/psync-relay" -}}
{{- end -}}
{{- if eq (int $values.listen.port) (int $values.http.port) -}}
  {{- fail (printf "http.port: %d is the port for replicas too (listen.port)" (int $values.http.port)) -}}
{{- end -}}
{{- if $values.http.adminPort -}}
  {{- range $name, $port := dict "listen.port" $values.listen.port "http.port" $values.http.port -}}
    {{- if eq (int $port) (int $values.http.adminPort) -}}
      {{- fail (printf "http.adminPort: %d is %s too" (int $port) $name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $listensOn4 := regexMatch "^[0-9.]+$" $values.listen.address -}}
{{- if and $listensOn4 (or (has "IPv6" $values.service.ipFamilies) (eq $values.service.ipFamilyPolicy "RequireDualStack")) -}}
  {{- fail (printf "listen.address: %s takes no IPv6 connections, but the Service has an IPv6 address; set \"::\"" $values.listen.address) -}}
{{- end -}}
{{- if and (not $values.listen.auth.enabled) (ne $values.service.type "ClusterIP") -}}
  {{- fail (printf "listen.auth.enabled: false with service.type: %s would show all data to everyone who reaches it" $values.service.type) -}}
{{- end -}}
{{- if and (eq $values.mode "standalone") $values.pdb.create (gt (int $values.replicaCount) 0) -}}
  {{- $least := $values.pdb.minAvailable | toString -}}
  {{- if and $least (not (hasSuffix "%" $least)) (ge (int $least) (int $values.replicaCount)) -}}
    {{- fail (printf "pdb.minAvailable: %s of %d relays may never be down, so no node of theirs could be drained" $least (int $values.replicaCount)) -}}
  {{- else if and (not $least) (has (toString $values.pdb.maxUnavailable) (list "0" "0%")) -}}
    {{- fail "pdb.maxUnavailable: with 0 no node of a relay could be drained" -}}
  {{- end -}}
{{- end -}}
{{- if and $values.metrics.serviceMonitor.enabled $values.metrics.podMonitor.enabled -}}
  {{- fail "metrics.podMonitor.enabled: with metrics.serviceMonitor.enabled every series would be there twice" -}}
{{- end -}}
{{- end -}}
