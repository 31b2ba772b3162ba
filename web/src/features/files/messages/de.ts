import type { Translation } from '../../../language/messages'
import type en from './en'

export default {
  inTheText: 'im Text',
  sizeB: '{size} B',
  sizeKb: '{size} KB',
  sizeMb: '{size} MB',
  sizeGb: '{size} GB',
  sizeTb: '{size} TB',
  filesOfTitle: 'Dateien von „{title}“',
  noFilesYet: 'Noch keine Dateien.',
  uploading: 'Wird hochgeladen …',
  addAFile: 'Datei hinzufügen',
  done: 'Fertig',
  downloadName: '{name} herunterladen',
  removeName: '{name} entfernen',
  cantReachTheServer: 'Der Server ist nicht erreichbar.',
} satisfies Translation<typeof en>
