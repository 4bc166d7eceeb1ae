{{/* Labels of every object. Call with (dict "root" $ "component" name). */}}
{{- define "millrace.labels" -}}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: millrace
{{ include "millrace.podLabels" . }}
{{- end }}

{{/* Labels of pods: what selectors use, and the region that the pod's data must not leave. */}}
{{- define "millrace.podLabels" -}}
{{ include "millrace.selector" . }}
residency/region: {{ .root.Values.region.code }}
{{- end }}

{{- define "millrace.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "millrace.image" -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- end }}

{{/* The one port of health and metrics; every pod has it to itself. */}}
{{- define "millrace.operationsPort" -}}9090{{- end }}
{{- define "millrace.httpPort" -}}8080{{- end }}

{{/* Where the region's configuration and the pod's secrets are mounted. */}}
{{- define "millrace.configDirectory" -}}/etc/millrace{{- end }}
{{- define "millrace.secretsDirectory" -}}/run/secrets/millrace{{- end }}

{{- define "millrace.filesDirectory" -}}
/var/lib/millrace/files
{{- end }}
