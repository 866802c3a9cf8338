{{/* Names: the release's, with the chart's behind it unless it is in it already. 43 characters leave room for suffixes. */}}
{{- define "jobflow.fullname" -}}
{{- if contains "jobflow" .Release.Name -}}
{{- .Release.Name | trunc 43 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-jobflow" .Release.Name | trunc 43 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "jobflow.selectorLabels" -}}
app.kubernetes.io/name: jobflow-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "jobflow.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "jobflow.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: jobflow
{{- end -}}

{{- define "jobflow.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The host name by which API servers call the webhook. */}}
{{- define "jobflow.host" -}}
{{ include "jobflow.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end -}}

{{/* The Secret with the serving certificate. */}}
{{- define "jobflow.tlsSecret" -}}
{{- if eq .Values.certificates.mode "existing" -}}
{{ required "certificates.existing.secretName: required with certificates.mode=existing: name the Secret with tls.crt and tls.key" .Values.certificates.existing.secretName }}
{{- else if eq .Values.certificates.mode "self-signed" -}}
{{- /* Not the name of the other mode: cert-manager leaves its Secrets behind, and helm would not take them over. */ -}}
{{ include "jobflow.fullname" . }}-certificates
{{- else -}}
{{ include "jobflow.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{- define "jobflow.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "jobflow.securityContext" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
runAsNonRoot: true
{{- end -}}

{{/* Every kind of ours, as the rules of webhooks and of policies name them; takes the operations. */}}
{{- define "jobflow.rules" -}}
- apiGroups: [api.practice.com]
  apiVersions: ["*"]
  operations: [{{ . }}]
  resources: [jobflows, jobtemplates, daemonjobs]
  scope: Namespaced
- apiGroups: [jobsmanager.raczylo.com]
  apiVersions: ["*"]
  operations: [{{ . }}]
  resources: [managedjobs]
  scope: Namespaced
- apiGroups: [batch.example.com]
  apiVersions: ["*"]
  operations: [{{ . }}]
  resources: [sequentialjobs]
  scope: Namespaced
{{- end -}}

{{/* Annotations of what the check consists of; takes the weight. */}}
{{- define "jobflow.hook" }}
    helm.sh/hook: post-install,post-upgrade,test
    helm.sh/hook-weight: {{ . | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* Parts of both webhook configurations. */}}
{{- define "jobflow.webhook.clientConfig" }}
    clientConfig:
      service: {name: {{ include "jobflow.fullname" .root }}, namespace: {{ .root.Release.Namespace }}, path: {{ .path }}}
      {{- with .bundle }}
      caBundle: {{ b64enc . }}
      {{- end }}
{{- end }}
{{- define "jobflow.webhook.rest" }}
    admissionReviewVersions: [v1]
    matchPolicy: Equivalent
    sideEffects: None
    timeoutSeconds: {{ .root.Values.webhook.timeoutSeconds }}
    namespaceSelector:
      matchExpressions:
        - {key: kubernetes.io/metadata.name, operator: NotIn, values: [{{ join ", " .excluded }}]}
{{- end }}
