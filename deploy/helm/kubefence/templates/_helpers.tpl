{{- define "kubefence.selector" -}}
app.kubernetes.io/name: kubefence
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kubefence.labels" -}}
{{ include "kubefence.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "kubefence.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Pods of a RuntimeClass go where kubefence is. */}}
{{- define "kubefence.scheduling" -}}
{{- with .Values.nodeSelector }}
scheduling:
  nodeSelector:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{/* What stays on the nodes changes nothing there. */}}
{{- define "kubefence.unprivileged" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
seccompProfile:
  type: RuntimeDefault
{{- end }}
