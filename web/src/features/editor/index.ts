// What other features may use of the editor. Import it lazily: it is the heavy part of the app.
export { EditorPage } from './EditorPage'
