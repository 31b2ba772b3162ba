// The public part of the publish feature.
import { lazy } from 'react'

// Loaded when it is first opened.
export const PublishDialog = lazy(() => import('./PublishDialog').then((module) => ({ default: module.PublishDialog })))
