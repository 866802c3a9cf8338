{{/*
The certificates of certificates.mode=self-signed, as YAML: the authority with its key, the leaf with its key, and when the
leaf was made. What the cluster holds is kept, so that an upgrade changes neither `caBundle` nor, before its time, the leaf.
`helm template` sees no cluster and makes new ones each time. Made once a rendering, kept in the values of this run.
*/}}
{{- define "jobflow.selfSigned" -}}
{{- if not (hasKey .Values.certificates "made") -}}
{{- $name := include "jobflow.fullname" . -}}
{{- $settings := .Values.certificates.selfSigned -}}
{{- $host := include "jobflow.host" . -}}
{{- $made := dict -}}
{{- $held := (lookup "v1" "Secret" .Release.Namespace (printf "%s-self-signed-authority" $name)).data -}}
{{- if $held -}}
{{- $_ := set $made "ca" (index $held "tls.crt" | b64dec) -}}
{{- $_ := set $made "caKey" (index $held "tls.key" | b64dec) -}}
{{- else -}}
{{- $root := genCAWithKey (printf "%s-authority" $name) (int $settings.rootDays) (genPrivateKey "ecdsa") -}}
{{- $_ := set $made "ca" $root.Cert -}}
{{- $_ := set $made "caKey" $root.Key -}}
{{- end -}}
{{- $leaf := lookup "v1" "Secret" .Release.Namespace (include "jobflow.tlsSecret" .) -}}
{{- $madeAt := int64 0 -}}
{{- if $leaf -}}
{{- $madeAt = int64 (index ($leaf.metadata.annotations | default dict) "jobflow.api.practice.com/made-at" | default 0) -}}
{{- end -}}
{{- $age := sub (now | unixEpoch | int64) $madeAt -}}
{{- if and $held $leaf (lt $age (mul 86400 (int64 $settings.renewAfterDays))) -}}
{{- $_ := set $made "crt" (index $leaf.data "tls.crt" | b64dec) -}}
{{- $_ := set $made "key" (index $leaf.data "tls.key" | b64dec) -}}
{{- $_ := set $made "madeAt" ($madeAt | toString) -}}
{{- else -}}
{{- $authority := buildCustomCert ($made.ca | b64enc) ($made.caKey | b64enc) -}}
{{- $new := genSignedCertWithKey "" nil (list $host (printf "%s.cluster.local" $host)) (int $settings.days) $authority (genPrivateKey "ecdsa") -}}
{{- $_ := set $made "crt" $new.Cert -}}
{{- $_ := set $made "key" $new.Key -}}
{{- $_ := set $made "madeAt" (now | unixEpoch) -}}
{{- end -}}
{{- $_ := set .Values.certificates "made" $made -}}
{{- end -}}
{{- toYaml .Values.certificates.made -}}
{{- end -}}
