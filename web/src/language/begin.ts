// A small script of its own, put before the page's by vite.config.ts: so the texts come while the page does.
import './load'
