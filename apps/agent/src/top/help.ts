/** What `?` shows, short enough for 24 lines of 80 columns. */
export const HELP: readonly string[] = [
  '',
  'VIEW     p processes  r remote addresses  c containers and namespaces  u users',
  'SORT BY  t traffic both ways  o OUT  i IN  m RTT  x retransmits  n connections',
  '         w new  f failed  s listening sockets  a name; again turns the order',
  '         left, right (< >) the next column; ! turns the order',
  'MOVE     up, down (k j), page up, page down, home, end',
  'FILTER   / as in process:curl or port:443 and not host:10.0.0.0/8; Esc none',
  'OTHER    space pause, go on  ^L draw anew  ^Z to the background  q quit',
  '',
  'OUT IN   payload that the sockets of this host sent and received',
  'RTT      mean round trip of the living TCP connections',
  'RETR     segments sent again',
  'CONN     living conversations; of UDP and others until they are idle',
  'NEW      conversations that began; FAIL: that could not, or broke',
  'LSTN     sockets that wait for whoever comes',
  '?        a process that is not known: never a guess',
];
