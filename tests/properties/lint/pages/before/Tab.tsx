// A flag of the tab's own, which starts anew whenever the tab is opened.
import { useState } from 'react';

export function Tab() {
  const [isLive, setIsLive] = useState(false);
  return <label onClick={() => setIsLive(!isLive)}>{isLive ? 'live' : 'quiet'}</label>;
}
