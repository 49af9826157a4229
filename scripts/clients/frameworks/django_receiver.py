"""Django with `runserver`, in one file."""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from inbox import INBOX

settings.configure(DEBUG=True, SECRET_KEY="not-secret", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"])


@csrf_exempt
@require_POST
def receive(request):
    return HttpResponse(status=INBOX.receive(request.headers.get("Authorization"), request.body))


@require_GET
def deliveries(request):
    return HttpResponse(INBOX.list(), content_type="application/json")


urlpatterns = [path("hooks", receive), path("deliveries", deliveries)]

if __name__ == "__main__":
    execute_from_command_line([sys.argv[0], "runserver", os.environ["PORT"]])
