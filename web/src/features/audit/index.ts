// The public part of the audit feature.
import { lazyPage } from '../../elements/lazily'

// Loaded when it is first opened.
export const AuditPage = lazyPage(() => import('./AuditPage'), 'AuditPage')
