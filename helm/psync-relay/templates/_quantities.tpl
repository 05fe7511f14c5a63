{{/*
Sizes and durations, as numbers that can be compared.

psync-relay.bytes: 50Gi and 500M as Kubernetes writes them, 10gb and 64mb (1024s) as the relay does; a bare number is bytes.
psync-relay.seconds: 45s, 2m, 1h, 500ms, or a bare number of seconds, rounded up.
*/}}

{{- define "psync-relay.bytes" -}}
{{- $text := toString . | lower -}}
{{- if kindIs "float64" . }}{{ $text = int64 . | toString }}{{ end -}}
{{- $number := regexFind "^[0-9]+([.][0-9]+)?" $text -}}
{{- $unit := trimPrefix $number $text -}}
{{- $factors := dict "" 1 "b" 1 "k" 1000 "m" 1000000 "g" 1000000000 "t" 1000000000000 "p" 1000000000000000
  "kb" 1024 "mb" 1048576 "gb" 1073741824 "tb" 1099511627776
  "ki" 1024 "mi" 1048576 "gi" 1073741824 "ti" 1099511627776 "pi" 1125899906842624 -}}
{{- if or (eq $number "") (not (hasKey $factors $unit)) }}{{ fail (printf "%q is not a size" (toString .)) }}{{ end -}}
{{- mulf (float64 $number) (float64 (get $factors $unit)) | floor | int64 -}}
{{- end -}}

{{- define "psync-relay.seconds" -}}
{{- $text := toString . | lower -}}
{{- $number := regexFind "^[0-9]+([.][0-9]+)?" $text -}}
{{- $unit := trimPrefix $number $text -}}
{{- $factors := dict "" 1.0 "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 "d" 86400.0 -}}
{{- if or (eq $number "") (not (hasKey $factors $unit)) }}{{ fail (printf "%q is not a duration" (toString .)) }}{{ end -}}
{{- mulf (float64 $number) (get $factors $unit) | ceil | int64 -}}
{{- end -}}
