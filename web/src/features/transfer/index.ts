// The public part of the transfer feature.
import { lazy } from 'react'

// Loaded when it is first opened.
export const ImportDialog = lazy(() => import('./ImportDialog').then((module) => ({ default: module.ImportDialog })))
