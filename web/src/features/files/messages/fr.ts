import type { Translation } from '../../../language/messages'
import type en from './en'

export default {
  inTheText: 'dans le texte',
  sizeB: '{size} o',
  sizeKb: '{size} Ko',
  sizeMb: '{size} Mo',
  sizeGb: '{size} Go',
  sizeTb: '{size} To',
  filesOfTitle: 'Fichiers de « {title} »',
  noFilesYet: 'Pas encore de fichier.',
  uploading: 'Envoi…',
  addAFile: 'Ajouter un fichier',
  done: 'Terminé',
  downloadName: 'Télécharger {name}',
  removeName: 'Retirer {name}',
  cantReachTheServer: 'Le serveur est injoignable.',
} satisfies Translation<typeof en>
