// The public part of the audit feature.
export { AuditPage } from './AuditPage'
