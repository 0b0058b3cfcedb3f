/** The one client of the backend. */

import { ConvexReactClient } from 'convex/react';

let client: ConvexReactClient | undefined;

export async function getConvexClient(): Promise<ConvexReactClient> {
  client ??= new ConvexReactClient(process.env.NEXT_PUBLIC_CONVEX_URL!);
  return client;
}
