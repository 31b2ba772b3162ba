// The public part of the audit feature.
import { lazy } from 'react'

// Loaded when it is first opened.
export const AuditPage = lazy(() => import('./AuditPage').then((module) => ({ default: module.AuditPage })))
