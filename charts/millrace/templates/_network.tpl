{{/* NetworkPolicy peers from the values' list. Never called with an empty list: that would mean "everybody". */}}
{{- define "millrace.peers" -}}
{{- if not . }}{{ fail "peers must not be empty" }}{{ end -}}
{{- range . }}
{{- if .cidr }}
- ipBlock:
    cidr: {{ .cidr }}
{{- else }}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .namespace }}
{{- with .podLabels }}
  podSelector:
    matchLabels: {{- toYaml . | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "millrace.egressDns" -}}
- to: {{- include "millrace.peers" .Values.dns.peers | trim | nindent 4 }}
  ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end }}

{{- define "millrace.egressPostgres" -}}
- to: {{- include "millrace.peers" .Values.postgres.peers | trim | nindent 4 }}
  ports:
    - { protocol: TCP, port: {{ .Values.postgres.port }} }
{{- end }}

{{- define "millrace.egressNats" -}}
- to: {{- include "millrace.peers" .Values.nats.peers | trim | nindent 4 }}
  ports:
{{- range .Values.nats.servers }}
    - { protocol: TCP, port: {{ (urlParse .).host | splitList ":" | last }} }
{{- end }}
{{- end }}

{{- define "millrace.egressMail" -}}
{{- with .Values.mail }}
- to: {{- include "millrace.peers" .peers | trim | nindent 4 }}
  ports:
    - { protocol: TCP, port: {{ .port }} }
{{- end }}
{{- end }}

{{/* Networks outside. "Everywhere" leaves out those of the platform itself and of the cloud's metadata. */}}
{{- define "millrace.egressOutside" -}}
{{- $ports := .ports -}}
{{- with .cidrs }}
- to:
{{- range . }}
    - ipBlock:
        cidr: {{ . }}
{{- if eq . "0.0.0.0/0" }}
        except: [0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/3]
{{- end }}
{{- end }}
  ports:
{{- range $ports }}
    - { protocol: TCP, port: {{ . }} }
{{- end }}
{{- end }}
{{- end }}

{{/* Customers' systems. */}}
{{- define "millrace.egressCustomers" -}}
{{- $cidrs := concat .Values.customers.cidrs .Values.customers.privateCidrs -}}
{{- include "millrace.egressOutside" (dict "cidrs" $cidrs "ports" .Values.customers.ports) -}}
{{- end }}

{{/* Providers of data, over TLS. */}}
{{- define "millrace.egressProviders" -}}
{{- include "millrace.egressOutside" (dict "cidrs" .Values.providers.cidrs "ports" (list 443)) -}}
{{- end }}

{{/* The transit engine that keeps organizations' keys. */}}
{{- define "millrace.egressTransit" -}}
{{- with .Values.transit }}
- to: {{- include "millrace.peers" .peers | trim | nindent 4 }}
  ports:
    - { protocol: TCP, port: {{ regexFind ":[0-9]+$" .address | trimPrefix ":" | default "443" }} }
{{- end }}
{{- end }}

{{/* Identity providers that organizations bring for their users, over TLS. */}}
{{- define "millrace.egressOrganizationProviders" -}}
{{- include "millrace.egressOutside" (dict "cidrs" .Values.organizationProviders.cidrs "ports" (list 443)) -}}
{{- end }}

{{/* The operator's identity provider, over TLS. */}}
{{- define "millrace.egressStaff" -}}
{{- with .Values.staff -}}
{{- include "millrace.egressOutside" (dict "cidrs" .cidrs "ports" (list 443)) -}}
{{- end -}}
{{- end }}
