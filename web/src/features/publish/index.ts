// The public part of the publish feature.
import { lazily } from '../../elements/lazily'

// Loaded when it is first opened.
export const PublishDialog = lazily(() => import('./PublishDialog'), 'PublishDialog')
