// The public part of the notify feature.
import { lazy } from 'react'

export { InboxPage } from './inbox/InboxPage'
export { NeedsAction } from './inbox/NeedsAction'
export { StopMailsPage } from './mails/StopMailsPage'
export { useUnread } from './queries'
export { WatchButton } from './watches/WatchButton'

// Loaded when it is first opened.
export const InstancePage = lazy(() => import('./instance/InstancePage').then((module) => ({ default: module.InstancePage })))
export const NotificationsPage = lazy(() => import('./mails/NotificationsPage').then((module) => ({ default: module.NotificationsPage })))
export const WebhooksPage = lazy(() => import('./webhooks/WebhooksPage').then((module) => ({ default: module.WebhooksPage })))
