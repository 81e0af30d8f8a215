/** What the certificate machinery's objects are called where nobody says otherwise: as kustomize makes them. */
export const servingNames = {
  service: 'smooth-operator-webhook-service',
  metricsService: 'smooth-operator-controller-manager-metrics-service',
  secret: 'smooth-operator-webhook-server-cert',
  configuration: 'smooth-operator-validating-webhook-configuration',
} as const;
