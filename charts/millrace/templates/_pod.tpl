{{/* What every pod has in common. Pods meet the "restricted" Pod Security Standard. */}}
{{- define "millrace.podDefaults" -}}
serviceAccountName: {{ .root.Release.Name }}-{{ .component }}
automountServiceAccountToken: false
enableServiceLinks: false
# A pod waits rather than start on a machine outside the region.
nodeSelector:
  topology.kubernetes.io/region: {{ .root.Values.region.nodes }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  # Lets the process read its mounted secrets, which belong to root.
  fsGroup: 10001
  # A keyring's files stay readable by their owner only: they are not opened to the group at each start.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "millrace.containerDefaults" -}}
image: {{ include "millrace.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "millrace.mounts" -}}
- name: config
  mountPath: {{ include "millrace.configDirectory" . }}
  readOnly: true
- name: secrets
  mountPath: {{ include "millrace.secretsDirectory" . }}
  readOnly: true
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "millrace.volumes" -}}
- name: config
  configMap:
    name: {{ .Release.Name }}-config
    items:
      - key: region.yaml
        path: region.yaml
{{- range .Values.charters }}
      - key: {{ . }}
        path: charters/{{ . }}
{{- end }}
# In memory: what a process leaves behind reaches no disk.
- name: tmp
  emptyDir:
    medium: Memory
    sizeLimit: 64Mi
{{- end }}

{{/* Whether a service keeps organizations' keys in a transit engine, or in a keyring on its own volume; empty for no. */}}
{{- define "millrace.usesTransit" -}}
{{- if and .service.keyring .root.Values.transit }}true{{ end -}}
{{- end }}

{{- define "millrace.usesKeyring" -}}
{{- if and .service.keyring (not .root.Values.transit) }}true{{ end -}}
{{- end }}

{{/* Directories in which the connectors of files read and write, one claim each. */}}
{{- define "millrace.fileMounts" -}}
{{- range .Values.files.directories }}
- name: files-{{ .name }}
  mountPath: {{ include "millrace.filesDirectory" $ }}/{{ .name }}
{{- end }}
{{- end }}

{{- define "millrace.fileVolumes" -}}
{{- range .Values.files.directories }}
- name: files-{{ .name }}
  persistentVolumeClaim:
    claimName: {{ .claim }}
{{- end }}
{{- end }}

{{/* The secrets directory of one service, laid out as SecretsDirectory in libs/service reads it. */}}
{{- define "millrace.serviceSecrets" -}}
{{- $name := .component -}}
- name: secrets
  projected:
    # 0400
    defaultMode: 256
    sources:
      - secret:
          name: {{ .sizes.secret }}
          items:
            - { key: nats, path: nats/{{ $name }} }
            - { key: signing.pem, path: signing/{{ $name }}.pem }
{{- if .service.database }}
            - { key: database.app, path: database/{{ $name }}.app }
            - { key: database.region, path: database/{{ $name }}.region }
{{- end }}
{{- range .service.keys }}
            - { key: key.{{ . }}, path: keys/{{ . }} }
{{- end }}
{{- if .service.sealing }}
            - { key: sealing, path: sealing/{{ $name }} }
{{- end }}
{{- if .service.ledger }}
            - { key: ledger.pem, path: signing/ledger.pem }
{{- end }}
{{- if and .service.providers .root.Values.providers.clients }}
      - secret:
          name: {{ .root.Values.providers.secret }}
          items:
{{- range $name, $_ := .root.Values.providers.clients }}
            - { key: {{ $name }}, path: providers/{{ $name }} }
{{- end }}
{{- end }}
{{- if include "millrace.usesTransit" . }}
      - secret:
          name: {{ .root.Values.transit.secret }}
          items:
            - { key: token, path: transit/token }
{{- if .root.Values.transit.ca }}
            - { key: ca.pem, path: transit/ca.pem }
{{- end }}
{{- end }}
{{- if and .service.staff .root.Values.staff }}
      - secret:
          name: {{ .root.Values.staff.secret }}
          items:
            - { key: client, path: staff/client }
{{- end }}
      - secret:
          name: {{ .root.Values.publicKeys }}
          items:
{{- range list "gateway" "identity" "vault" "sync" "sync-worker" "compliance" "notifications" "operator" }}
            - { key: {{ . }}.pub, path: public/{{ . }}.pub }
{{- end }}
            - { key: vault.sealing, path: public/vault.sealing }
{{- end }}
