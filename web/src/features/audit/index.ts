// What other features may use of audit.
export { AuditPage } from './AuditPage'
