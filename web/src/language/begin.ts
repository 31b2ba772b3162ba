// A separate small script, which vite.config.ts puts before the page's own script, so that the texts load together with
// the page.
import './load'
