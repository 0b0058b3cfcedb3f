/** What `npx convex dev` would generate: any path of names is a function of the backend. */

import { anyApi } from 'convex/server';

export const api = anyApi;
