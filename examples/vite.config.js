import { defineConfig } from 'vite'

export default defineConfig({
  build: { rollupOptions: { input: ['tiptap-hocuspocus/index.html', 'codemirror-y-websocket/index.html'] } },
})
