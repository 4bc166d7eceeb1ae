{{/* What a schema cannot say. One failing template fails the whole release, so one of them includes this. */}}
{{- define "millrace.guards" -}}
{{- range .Values.charters -}}
{{- include "millrace.guardCharter" (dict "root" $ "file" .) -}}
{{- end -}}
{{- include "millrace.guardHost" (dict "root" . "value" "postgres.host" "host" .Values.postgres.host) -}}
{{- range .Values.nats.servers -}}
{{- include "millrace.guardHost" (dict "root" $ "value" "nats.servers" "host" (urlParse .).hostname) -}}
{{- end -}}
{{- if and (not .Values.transit) (ne (int .Values.services.vault.replicas) 1) -}}
{{- fail "services.vault.replicas must be 1: the local keyring is a file that one process writes" -}}
{{- end -}}
{{- $names := list -}}
{{- range .Values.files.directories -}}
{{- if has .name $names -}}
{{- fail (printf "files.directories: there are two of the name %s" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end }}

{{/* A region under a charter that does not name it would break the charter's residency promise. */}}
{{- define "millrace.guardCharter" -}}
{{- $text := .root.Files.Get (printf "files/charters/%s" .file) -}}
{{- if not $text -}}
{{- fail (printf "charters: the chart has no file files/charters/%s" .file) -}}
{{- end -}}
{{- $charter := fromYaml $text -}}
{{- if hasKey $charter "Error" -}}
{{- fail (printf "charters: files/charters/%s is not YAML" .file) -}}
{{- end -}}
{{- $regions := $charter.residency.regions -}}
{{- if not (hasKey $regions .root.Values.region.code) -}}
{{- fail (printf "region.code: the charter %s does not allow the region %s, only %s" $charter.charter .root.Values.region.code (keys $regions | sortAlpha | join ", ")) -}}
{{- end -}}
{{- end }}

{{/* A store outside the cluster carries the region's code in its name, as cloud providers' hosts do. */}}
{{- define "millrace.guardHost" -}}
{{- $inCluster := or (not (contains "." .host)) (regexMatch "\\.svc(\\.|$)" .host) -}}
{{- $inRegion := has .root.Values.region.code (splitList "." .host) -}}
{{- if not (or $inCluster $inRegion) -}}
{{- fail (printf "%s: %s is neither a service of this cluster nor named after the region %s" .value .host .root.Values.region.code) -}}
{{- end -}}
{{- end }}
