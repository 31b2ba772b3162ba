// The dialogs, each loaded when it is first opened.
import { lazily } from '../../elements/lazily'

export const ExportDialog = lazily(() => import('./ExportDialog'), 'ExportDialog')
export const ImportDialog = lazily(() => import('./ImportDialog'), 'ImportDialog')
