/** The page's Content-Security-Policy forbids eval, with which zod would otherwise try to compile its schemas. */
import { z } from 'zod';

z.config({ jitless: true });
