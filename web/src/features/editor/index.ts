// The public part of the editor feature. Import it lazily: it is the largest part of the app.
export { EditorPage } from './EditorPage'
