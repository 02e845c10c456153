{{- define "kalabarg.labels" -}}
app.kubernetes.io/name: kalabarg-gateway
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
{{- define "kalabarg.selector" -}}
app.kubernetes.io/name: kalabarg-gateway
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}
{{- define "kalabarg.image" -}}
{{ required "image.repository: where the image is" .Values.image.repository }}:{{ required "image.tag: which version" .Values.image.tag }}
{{- end -}}
{{- define "kalabarg.security" -}}
runAsNonRoot: true
runAsUser: 1000
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end -}}
{{- define "kalabarg.probes" -}}
# alive by itself; ready for terminals once the database, the HSM and the bank are there
livenessProbe: { httpGet: { path: /healthz, port: http }, periodSeconds: 10, failureThreshold: 3 }
startupProbe: { httpGet: { path: /healthz, port: http }, periodSeconds: 2, failureThreshold: 60 }
readinessProbe: { httpGet: { path: /readyz, port: http }, periodSeconds: 2, failureThreshold: 2 }
{{- end -}}
{{- define "kalabarg.settings" -}}
- { name: KALABARG_HOST, value: '0.0.0.0' }
- { name: KALABARG_HTTP_HOST, value: '0.0.0.0' }
- { name: KALABARG_DATA, value: /data }
{{- range $name, $value := .Values.settings }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}
