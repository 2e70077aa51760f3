// The page around a tool: it closes a registration, tells what it can do and lets the tool's frame grow.
(() => {
  const frame = document.querySelector('iframe.tool');
  const { origin, storage, closed } = frame.dataset;
  const highest = 20000;

  const read = (message) => {
    if (typeof message !== 'string') return message;
    try {
      return JSON.parse(message);
    } catch {
      return null;
    }
  };

  const capabilities = () => [
    { subject: 'lti.capabilities' },
    { subject: 'lti.put_data', frame: storage },
    { subject: 'lti.get_data', frame: storage },
    { subject: 'lti.frameResize' },
  ];

  window.addEventListener('message', (event) => {
    const said = read(event.data);
    if (event.origin !== origin || event.source !== frame.contentWindow || !said) return;
    if (closed && said.subject === 'org.imsglobal.lti.close') window.location.assign(closed);
    if (!storage) return;
    if (said.subject === 'lti.capabilities') {
      event.source.postMessage({
        subject: 'lti.capabilities.response',
        message_id: said.message_id,
        supported_messages: capabilities(),
      }, event.origin);
    }
    if (said.subject === 'lti.frameResize') {
      const height = Number(said.height);
      if (height > 0 && height < highest) frame.style.height = `${Math.ceil(height)}px`;
      event.source.postMessage({ subject: 'lti.frameResize.response', message_id: said.message_id }, event.origin);
    }
  });
})();
