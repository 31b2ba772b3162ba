// The public part of the transfer feature.
import { lazyPage } from '../../elements/lazily'

export { ExportDialog, ImportDialog } from './dialogs'

// Loaded when it is first opened.
export const TransfersPage = lazyPage(() => import('./TransfersPage'), 'TransfersPage')
