"use strict";

SwaggerUIBundle({ url: "/auth/openapi.json", dom_id: "#docs", deepLinking: true });
