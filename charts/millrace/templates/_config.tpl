{{/* The region's configuration file, made from the values; `RegionConfig` in libs/service is its schema. */}}
{{- define "millrace.regionConfig" -}}
{{- $ports := dict -}}
{{- range $name, $_ := .Files.Get "files/services.yaml" | fromYaml -}}
{{- $_ := set $ports $name (include "millrace.operationsPort" $ | int) -}}
{{- end -}}
region: {{ .Values.region.code }}
charters:
{{- range .Values.charters }}
  - charters/{{ . }}
{{- end }}
secrets: {{ include "millrace.secretsDirectory" . }}
{{- with .Values.transit }}
keys:
  provider: transit
  address: {{ .address | quote }}
  mount: {{ .mount | quote }}
{{- with .namespace }}
  namespace: {{ . | quote }}
{{- end }}
  tokenFile: {{ include "millrace.secretsDirectory" $ }}/transit/token
{{- if .ca }}
  caFile: {{ include "millrace.secretsDirectory" $ }}/transit/ca.pem
{{- end }}
{{- end }}
postgres:
  host: {{ .Values.postgres.host }}
  port: {{ .Values.postgres.port }}
nats:
  servers:
{{- range .Values.nats.servers }}
    - {{ . }}
{{- end }}
http:
  host: 0.0.0.0
  port: {{ include "millrace.httpPort" . }}
  origins:
    - https://{{ .Values.ingress.hostname }}
  secureCookies: true
operations:
  host: 0.0.0.0
  ports: {{- toYaml $ports | nindent 4 }}
egress:
  privateCidrs: {{ toJson .Values.customers.privateCidrs }}
{{- with .Values.files.directories }}
files:
  directories:
{{- range . }}
    - name: {{ .name | quote }}
      path: {{ include "millrace.filesDirectory" $ }}/{{ .name }}
{{- end }}
{{- end }}
{{- with .Values.mail }}
mail:
  host: {{ .host }}
  port: {{ .port }}
  from: {{ .from | quote }}
{{- end }}
{{- with .Values.providers.clients }}
providers:
{{- range $name, $client := . }}
  {{ $name }}:
    clientId: {{ $client.clientId | quote }}
    clientSecretFile: {{ include "millrace.secretsDirectory" $ }}/providers/{{ $name }}
{{- end }}
{{- end }}
{{- with .Values.staff }}
staff:
  issuer: {{ .issuer | quote }}
  clientId: {{ .clientId | quote }}
  clientSecretFile: {{ include "millrace.secretsDirectory" $ }}/staff/client
  scopes: {{ toJson .scopes }}
  groupsClaim: {{ .groupsClaim | quote }}
  groups: {{ toJson .groups }}
  secondFactor: {{ toJson .secondFactor }}
{{- end }}
logs:
  level: {{ .Values.logs.level }}
{{- end }}

{{/* The files of the ConfigMap: the configuration and every version of the charter. */}}
{{- define "millrace.configData" -}}
region.yaml: |
  {{- include "millrace.regionConfig" . | nindent 2 }}
{{- range .Values.charters }}
{{ . }}: |
  {{- $.Files.Get (printf "files/charters/%s" .) | nindent 2 }}
{{- end }}
{{- end }}
