// The public part of the notify feature.
import { lazyPage } from '../../elements/lazily'

export { NeedsAction } from './inbox/NeedsAction'
export { useUnread } from './queries'
export { WatchButton } from './watches/WatchButton'

// Each is loaded when it is first opened.
export const InboxPage = lazyPage(() => import('./inbox/InboxPage'), 'InboxPage')
export const InstancePage = lazyPage(() => import('./instance/InstancePage'), 'InstancePage')
export const NotificationsPage = lazyPage(() => import('./mails/NotificationsPage'), 'NotificationsPage')
export const StopMailsPage = lazyPage(() => import('./mails/StopMailsPage'), 'StopMailsPage')
export const WebhooksPage = lazyPage(() => import('./webhooks/WebhooksPage'), 'WebhooksPage')
